import type { OperationName } from "./generated/operations";
import type { components, operations } from "./generated/schema";

/** A model of the contract by its name: `Model<"ProtectionGroup">`. */
export type Model<Name extends keyof components["schemas"]> = components["schemas"][Name];

type Declared<Name extends OperationName> = Name extends keyof operations ? operations[Name] : never;
type Parameters<Name extends OperationName> = Declared<Name> extends { parameters: infer Found } ? Found : never;
type Part<Name extends OperationName, Key extends string> =
  Parameters<Name> extends Partial<Record<Key, infer Found>> ? Exclude<Found, undefined> : never;
type Body<Name extends OperationName> =
  Declared<Name> extends { requestBody?: { content: { "application/json": infer Found } } } ? Found : never;
type JsonOf<Answer> = Answer extends { content: { "application/json": infer Found } } ? Found : undefined;
type Answers<Name extends OperationName> = Declared<Name> extends { responses: infer Found } ? Found : never;

type Field<Key extends string, Value> = [Value] extends [never] ? Partial<Record<Key, never>> : Record<Key, Value>;
type OptionalField<Key extends string, Value> = [Value] extends [never]
  ? Partial<Record<Key, never>>
  : Partial<Record<Key, Value>>;
type Query<Name extends OperationName> =
  object extends Part<Name, "query">
    ? OptionalField<"query", Part<Name, "query">>
    : Field<"query", Part<Name, "query">>;
type JsonBody<Name extends OperationName> =
  object extends Body<Name> ? OptionalField<"body", Body<Name>> : Field<"body", Body<Name>>;

/** What an operation is called with: the parameters of its path, its query, its body. */
export type Input<Name extends OperationName> = Field<"path", Part<Name, "path">> & Query<Name> & JsonBody<Name>;

/** What an operation answers; `undefined` where it answers nothing. */
export type Answer<Name extends OperationName> = JsonOf<
  Answers<Name>[Extract<keyof Answers<Name>, 200 | 201 | 202 | 204>]
>;

/** Operations that answer a page of things. */
export type ListName = {
  [Name in OperationName]: Answer<Name> extends { items: unknown[]; nextToken?: string } ? Name : never;
}[OperationName];

/** The things of which a list answers a page. */
export type Item<Name extends ListName> = Answer<Name> extends { items: (infer Found)[] } ? Found : never;

export type { OperationName };
