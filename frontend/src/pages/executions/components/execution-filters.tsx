import Button from "@cloudscape-design/components/button";
import DateRangePicker, { type DateRangePickerProps } from "@cloudscape-design/components/date-range-picker";
import Select, { type SelectProps } from "@cloudscape-design/components/select";
import SpaceBetween from "@cloudscape-design/components/space-between";
import { useAllPlans } from "@/components/use-all-plans";
import { EXECUTION, EXECUTION_TYPE } from "@/text/statuses";
import { instantOf } from "@/text/time";
import { type Filters, searchOf } from "../filters";

interface ExecutionFiltersProps {
  readonly filters: Filters;
  readonly onChange: (filters: Filters) => void;
}

const STATUSES = Object.entries(EXECUTION).map(([value, { words }]) => ({ value, label: words }));
const TYPES = Object.entries(EXECUTION_TYPE).map(([value, label]) => ({ value, label }));

/** Which executions to list. */
export function ExecutionFilters({ filters, onChange }: ExecutionFiltersProps) {
  const plans = useAllPlans();
  const options = (plans.data ?? []).map(({ planId, planName }) => ({ value: planId, label: planName }));
  const choose = (name: "planId" | "status" | "type") => (value: string | undefined) =>
    onChange({ ...filters, [name]: value });
  return (
    <SpaceBetween direction="horizontal" size="xs">
      <Choice
        label="Plan"
        all="All plans"
        value={filters.planId}
        options={options}
        statusType={plans.error !== null ? "error" : plans.isPending ? "loading" : "finished"}
        onChange={choose("planId")}
      />
      <Choice label="Status" all="Every status" value={filters.status} options={STATUSES} onChange={choose("status")} />
      <Choice label="Type" all="Both types" value={filters.type} options={TYPES} onChange={choose("type")} />
      <DateRangePicker
        value={rangeOf(filters)}
        onChange={({ detail }) => onChange({ ...filters, ...instantsOf(detail.value) })}
        rangeSelectorMode="absolute-only"
        absoluteFormat="iso"
        hideTimeOffset
        relativeOptions={[]}
        isValidRange={isValidRange}
        placeholder="Whenever started"
        ariaLabel="Started"
        i18nStrings={RANGE_WORDS}
      />
      {Object.keys(searchOf(filters)).length > 0 && <Button onClick={() => onChange({})}>Clear filters</Button>}
    </SpaceBetween>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly all: string;
  readonly value: string | undefined;
  readonly options: readonly SelectProps.Option[];
  readonly statusType?: SelectProps["statusType"];
  readonly onChange: (value: string | undefined) => void;
}

function Choice({ label, all, value, options, statusType, onChange }: ChoiceProps) {
  const everything = { value: "", label: all };
  const selected =
    value === undefined ? everything : (options.find((option) => option.value === value) ?? { value, label: value });
  return (
    <Select
      selectedOption={selected}
      options={[everything, ...options]}
      ariaLabel={label}
      filteringType={options.length > 20 ? "auto" : "none"}
      filteringAriaLabel={`Find a ${label.toLowerCase()}`}
      virtualScroll
      statusType={statusType}
      loadingText="Being read"
      errorText="Could not be read"
      onChange={({ detail }) => onChange(detail.selectedOption.value === "" ? undefined : detail.selectedOption.value)}
    />
  );
}

const RANGE_WORDS: DateRangePickerProps.I18nStrings = {
  applyButtonLabel: "Show these",
  cancelButtonLabel: "Leave it",
  clearButtonLabel: "Whenever started",
  startDateLabel: "First day",
  startTimeLabel: "From",
  endDateLabel: "Last day",
  endTimeLabel: "Until",
  dateConstraintText: "Year first: YYYY/MM/DD",
  isoDateConstraintText: "Year first: YYYY-MM-DD",
  dateTimeConstraintText: "Year first, hours from 0 to 23, in your own time zone",
  todayAriaLabel: "Today",
  nextMonthAriaLabel: "Next month",
  previousMonthAriaLabel: "Month before",
};

function isValidRange(range: DateRangePickerProps.Value | null): DateRangePickerProps.ValidationResult {
  if (range?.type !== "absolute") return { valid: true };
  const { from, until } = instantsOf(range);
  if (from === undefined || until === undefined) return { valid: false, errorMessage: "Give the first and last day." };
  return from <= until ? { valid: true } : { valid: false, errorMessage: "The last day is before the first one." };
}

function rangeOf({ from, until }: Filters): DateRangePickerProps.Value | null {
  if (from === undefined || until === undefined) return null;
  return { type: "absolute", startDate: from, endDate: until };
}

function instantsOf(range: DateRangePickerProps.Value | null): Pick<Filters, "from" | "until"> {
  if (range?.type !== "absolute") return { from: undefined, until: undefined };
  return { from: instantOf(range.startDate)?.toISOString(), until: instantOf(range.endDate)?.toISOString() };
}
