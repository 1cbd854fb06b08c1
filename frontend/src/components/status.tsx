import { type Status, statusOf } from "@/text/statuses";
import { Sign } from "./sign";

interface StatusWordsProps<Name extends string> {
  /** The statuses of its kind, of `text/statuses`. */
  readonly of: Readonly<Record<Name, Status>>;
  readonly name: NoInfer<Name>;
}

/** A status in words, with the sign and the colour that go with it. */
export function StatusWords<Name extends string>({ of, name }: StatusWordsProps<Name>) {
  const { words, type } = statusOf(of, name);
  return <Sign type={type}>{words}</Sign>;
}
