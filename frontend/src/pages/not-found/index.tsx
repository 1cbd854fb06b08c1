import { FollowLink } from "@/components/follow-link";
import { Page } from "@/components/page";
import { paths } from "@/routes/paths";

/** What is shown at an address of which there is no page. */
export default function NotFoundPage() {
  return (
    <Page title="Page not found">
      There is no page at this address. <FollowLink href={paths.dashboard}>Go to the dashboard</FollowLink>.
    </Page>
  );
}
