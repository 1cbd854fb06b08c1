import { useEffect, useState } from "react";
import { useNavigate } from "react-router";

/**
 * Leaves a form for the page of what it has saved: whether it has, and how to say that it has.
 *
 * It is left once it has been rendered as saved and no sooner, or `UnsavedGuard` would ask about what is saved.
 */
export function useLeaveSaved(): readonly [isSaved: boolean, leaveFor: (path: string) => void] {
  const navigate = useNavigate();
  const [path, setPath] = useState<string>();
  useEffect(() => {
    if (path !== undefined) void navigate(path);
  }, [path, navigate]);
  return [path !== undefined, setPath];
}
