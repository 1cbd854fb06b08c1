import Spinner from "@cloudscape-design/components/spinner";

/** What is shown until a page is there. */
export function Loading() {
  return (
    <div role="status" aria-label="Loading" style={{ padding: 40, textAlign: "center" }}>
      <Spinner size="large" />
    </div>
  );
}
