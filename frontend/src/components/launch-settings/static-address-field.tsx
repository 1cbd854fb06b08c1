import Input from "@cloudscape-design/components/input";
import type { Answer } from "@/api/types";
import { useOperation } from "@/api/use-operation";
import { Sign } from "@/components/sign";
import { useSettled } from "@/components/use-settled";
import { SettingField, type SettingsForm } from "./setting-fields";
import { withSetting } from "./settings";

interface StaticAddressFieldProps {
  readonly form: SettingsForm;
  /** The group and its server as they are stored; none while the group is being made. */
  readonly groupId?: string;
  readonly serverId: string;
}

/** The static address of a server, looked at by the API while it is typed. */
export function StaticAddressField({ form, groupId, serverId }: StaticAddressFieldProps) {
  const typed = form.settings.staticPrivateIp;
  const { check, isSettled } = useAddressCheck(form, groupId, serverId);
  return (
    <SettingField form={form} name="staticPrivateIp">
      <Input
        value={typed ?? ""}
        disabled={typed === null}
        placeholder="10.0.1.10"
        inputMode="decimal"
        autoComplete={false}
        ariaLabel="Static private IP"
        invalid={isSettled && check.data?.valid === false}
        onChange={({ detail }) =>
          form.onChange(withSetting(form.settings, "staticPrivateIp", detail.value === "" ? undefined : detail.value))
        }
      />
      <div role="status">
        {typeof typed === "string" && typed !== "" && (
          <Verdict
            isStored={groupId !== undefined}
            isAsking={!isSettled || check.isFetching}
            error={check.error}
            answer={check.data}
          />
        )}
      </div>
    </SettingField>
  );
}

/** What the API says of the address once typing has paused, and whether it says it of what is typed now. */
function useAddressCheck({ settings, beneath }: SettingsForm, groupId: string | undefined, serverId: string) {
  const typed = settings.staticPrivateIp ?? "";
  const under = beneath?.subnetId;
  const subnetId = settings.subnetId ?? (typeof under === "string" ? under : null);
  const asked = useSettled({ staticPrivateIp: typed, subnetId });
  const check = useOperation(
    "validate_static_ip",
    { path: { groupId: groupId ?? "", serverId }, body: asked },
    { enabled: groupId !== undefined && asked.staticPrivateIp !== "", staleMilliseconds: 15_000 },
  );
  return { check, isSettled: asked.staticPrivateIp === typed && asked.subnetId === subnetId };
}

interface VerdictProps {
  readonly isStored: boolean;
  readonly isAsking: boolean;
  readonly error: Error | null;
  readonly answer: Answer<"validate_static_ip"> | undefined;
}

function Verdict({ isStored, isAsking, error, answer }: VerdictProps) {
  if (!isStored) return <Sign type="info">It is checked when the group is saved</Sign>;
  if (isAsking) return <Sign type="loading">The address is being checked</Sign>;
  if (error !== null) return <Sign type="warning">It could not be checked: {error.message}</Sign>;
  if (answer === undefined) return null;
  if (answer.valid) {
    const replaced = answer.replacesInstanceId === undefined ? "" : `, in place of ${answer.replacesInstanceId}`;
    return <Sign type="success">The address can be had{replaced}</Sign>;
  }
  return <Sign type="error">{answer.violations.map(({ reason }) => reason).join("; ")}</Sign>;
}
