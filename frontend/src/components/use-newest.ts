import { useNotifications } from "@/shell/notifications";

interface Reread<Stored> {
  readonly refetch: () => Promise<{ readonly data: Stored | undefined; readonly error: Error | null }>;
}

/** Reads what is stored now; nothing if that failed, which is told: what was read before is not the newest. */
export function useNewest<Stored>({ refetch }: Reread<Stored>): () => Promise<Stored | undefined> {
  const { failed } = useNotifications();
  return async () => {
    const { data, error } = await refetch();
    if (error === null) return data;
    failed("The newest version could not be read", error);
    return undefined;
  };
}
