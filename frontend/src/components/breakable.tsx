import { Fragment } from "react";

/** Text of the API that may have ARNs and paths in it: it breaks after their colons and slashes, and stays in its column. */
export function Breakable({ text }: { readonly text: string }) {
  return text.split(/(?<=[:/])(?=[^\s/])/).map((part, position) => (
    <Fragment key={position}>
      {position > 0 && <wbr />}
      {part}
    </Fragment>
  ));
}
