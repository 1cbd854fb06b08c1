import Link from "@cloudscape-design/components/link";
import { instanceAddress } from "./aws-links";

interface InstanceLinkProps {
  readonly region: string;
  readonly instanceId: string;
}

/** An instance of EC2, which the AWS console shows. */
export function InstanceLink({ region, instanceId }: InstanceLinkProps) {
  return (
    <Link href={instanceAddress(region, instanceId)} external externalIconAriaLabel="In the AWS console, in a new tab">
      {instanceId}
    </Link>
  );
}
