import Alert from "@cloudscape-design/components/alert";
import type { Model } from "@/api/types";

/** The accounts and regions that could not be asked for their instances; nothing if all could. */
export function UnreadPlaces({ places }: { readonly places: readonly Model<"UnreadTarget">[] }) {
  if (places.length === 0) return null;
  return (
    <Alert type="warning" header="Some places could not be asked: their instances are not known, not absent">
      {places.map(({ accountId, region, message }) => (
        <div key={`${accountId} ${region}`}>
          Account {accountId} ({region}): {message}
        </div>
      ))}
    </Alert>
  );
}
