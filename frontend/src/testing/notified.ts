import { screen, waitFor } from "@testing-library/react";
import { expect } from "vitest";

/** Waits until a notification is seen; it is in the document a moment before. */
export async function notified(text: string | RegExp): Promise<void> {
  await screen.findByText(text);
  await waitFor(() => expect(screen.getByText(text)).toBeVisible());
}
