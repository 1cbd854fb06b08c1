import type { AutosuggestProps } from "@cloudscape-design/components/autosuggest";
import { useOperation } from "@/api/use-operation";
import { useEvery } from "@/api/use-every";
import { useSettled } from "@/components/use-settled";

export interface Offer {
  readonly value: string;
  readonly label: string;
  readonly description?: string;
}

/** What may be chosen, and how far reading it is. */
export interface Offers {
  readonly options: Offer[];
  readonly status: AutosuggestProps["statusType"];
  readonly failure?: string;
}

export interface Place {
  readonly accountId: string;
  readonly region: string;
}

interface Read<Row> {
  readonly data?: readonly Row[];
  readonly isLoading: boolean;
  readonly error: Error | null;
}

function offersOf<Row>({ data, isLoading, error }: Read<Row>, offer: (row: Row) => Offer): Offers {
  return {
    options: (data ?? []).map(offer),
    status: error === null ? (isLoading ? "loading" : "finished") : "error",
    failure: error === null ? undefined : `What there is could not be read: ${error.message}`,
  };
}

function isPlace({ accountId, region }: Place): boolean {
  return accountId !== "" && region !== "";
}

/** The subnets of an account and region. */
export function useSubnets(place: Place): Offers {
  const read = useEvery("get_ec2_subnets", place, { enabled: isPlace(place) });
  return offersOf(read, ({ subnetId, name, cidrBlock, availabilityZone, availableAddresses, vpcId }) => ({
    value: subnetId,
    label: subnetId,
    description: [name, cidrBlock, availabilityZone, vpcId, `${availableAddresses} addresses free`]
      .filter(Boolean)
      .join(", "),
  }));
}

/** The security groups that go with a subnet, or all of the region if none is set. */
export function useSecurityGroups(place: Place, subnetId: string | undefined): Offers {
  const isSubnet = /^subnet-[0-9a-f]{8,17}$/.test(subnetId ?? "");
  const filters = isSubnet ? { ...place, subnetId } : place;
  const read = useEvery("get_ec2_security_groups", filters, { enabled: isPlace(place) });
  return offersOf(read, ({ groupId, groupName, description, vpcId }) => ({
    value: groupId,
    label: `${groupName} (${groupId})`,
    description: [description, vpcId].filter(Boolean).join(", "),
  }));
}

/** The instance types whose name begins as typed. */
export function useInstanceTypes(place: Place, typed: string): Offers {
  const typePrefix = useSettled(typed);
  const isName = typePrefix === "" || /^[a-z0-9.-]{1,64}$/.test(typePrefix);
  const read = useOperation(
    "get_ec2_instance_types",
    { query: { ...place, limit: 100, typePrefix: typePrefix === "" ? undefined : typePrefix } },
    { enabled: isPlace(place) && isName, keepPrevious: true, staleMilliseconds: 10 * 60_000 },
  );
  return offersOf(
    { data: read.data?.items, isLoading: read.isLoading, error: read.error },
    ({ instanceType, vcpus, memoryMib, architectures }) => ({
      value: instanceType,
      label: instanceType,
      description: `${vcpus} vCPU, ${memoryMib / 1024} GiB, ${architectures.join(" or ")}`,
    }),
  );
}

/** The instance profiles of an account. */
export function useInstanceProfiles(place: Place): Offers {
  const read = useEvery("get_ec2_instance_profiles", place, { enabled: isPlace(place) });
  return offersOf(read, ({ instanceProfileName, roleNames }) => ({
    value: instanceProfileName,
    label: instanceProfileName,
    description: roleNames.join(", "),
  }));
}
