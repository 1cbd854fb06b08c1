import { useOperation } from "@/api/use-operation";
import { FollowLink } from "@/components/follow-link";
import { paths } from "@/routes/paths";

/** Where this system itself runs: an account that groups may use without being registered. */
export function HubNote() {
  const { data, error } = useOperation("get_current_account", {}, { staleMilliseconds: 60 * 60_000 });
  if (data === undefined) return <>{error === null ? "…" : `The hub's account could not be read: ${error.message}`}</>;
  return (
    <>
      This system runs in{" "}
      <FollowLink href={paths.account(data.accountId)}>account {data.accountId}, the hub</FollowLink>, {data.region}. It
      needs no entry here to be used.
    </>
  );
}
