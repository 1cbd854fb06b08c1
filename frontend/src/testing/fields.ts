import { waitFor } from "@testing-library/react";
import type { UserEvent } from "@testing-library/user-event";

/**
 * The field of a label, by the label's own reference. testing-library looks through all labels for every element of the
 * page, which takes a form longer than to be sent.
 */
export function field(label: string | RegExp): HTMLElement {
  const isMeant = (text: string): boolean => (typeof label === "string" ? text === label : label.test(text));
  const [found, ...others] = [...document.querySelectorAll("label")].filter(({ textContent }) => isMeant(textContent));
  if (!found?.control) throw new Error(`no field is labelled ${String(label)}`);
  if (others.length > 0) throw new Error(`several fields are labelled ${String(label)}`);
  return found.control;
}

/** Puts text into a field in the place of what is there, at once; that it can be typed is for the form's own tests. */
export async function refill(user: UserEvent, label: string | RegExp, text: string): Promise<void> {
  await user.clear(await waitFor(() => field(label)));
  await user.paste(text);
}
