import { useEffect, useState } from "react";

/** What was typed, once nobody has typed for so many milliseconds. */
export function useSettled<Value>(value: Value, milliseconds = 400): Value {
  const said = JSON.stringify(value);
  const [settled, setSettled] = useState({ said, value });
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled({ said, value: JSON.parse(said) as Value }), milliseconds);
    return () => window.clearTimeout(timer);
  }, [said, milliseconds]);
  return settled.value;
}
