import {
  type DocumentNode,
  type FieldNode,
  type GraphQLField,
  type GraphQLNamedType,
  type GraphQLOutputType,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';

/** Items of a page where neither `first` nor `last` is given. */
const DEFAULT_PAGE = 20;
/** A larger page is refused by its resolver. */
const MAX_PAGE = 100;
/** Items that a list without pages is taken to have. */
const LIST_ITEMS = 10;

/** Costs of operations that do not depend on variables. */
const known = new WeakMap<OperationDefinitionNode, number>();

interface Walk {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly variables: Readonly<Record<string, unknown>>;
  /** Of fragments seen so far. */
  readonly fragments: Map<string, number>;
  dependsOnVariables: boolean;
}

/**
 * What an operation may cost at most: 1 for each field, times the items of each list that it lies in. Any field with
 * `first` and `last` counts as a page. Directives are not looked at, so a field that is skipped costs as well.
 * @param document valid for the schema, so without fragments in circles.
 * @param variables as the client sent them.
 */
export function operationCost(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
  variables: Readonly<Record<string, unknown>>,
): number {
  const before = known.get(operation);
  if (before !== undefined) return before;
  const walk: Walk = {
    schema,
    document,
    operation,
    variables,
    fragments: new Map(),
    dependsOnVariables: false,
  };
  const cost = selectionCost(walk, operation.selectionSet, schema.getRootType(operation.operation));
  if (!walk.dependsOnVariables) known.set(operation, cost);
  return cost;
}

function selectionCost(
  walk: Walk,
  { selections }: SelectionSetNode,
  type: GraphQLNamedType | null | undefined,
): number {
  let cost = 0;
  for (const selection of selections) {
    if (selection.kind === Kind.FIELD) {
      cost += fieldCost(walk, selection, type);
    } else if (selection.kind === Kind.FRAGMENT_SPREAD) {
      cost += fragmentCost(walk, selection.name.value);
    } else {
      const condition = selection.typeCondition?.name.value;
      cost += selectionCost(walk, selection.selectionSet, condition ? walk.schema.getType(condition) : type);
    }
  }
  return cost;
}

function fragmentCost(walk: Walk, name: string): number {
  const before = walk.fragments.get(name);
  if (before !== undefined) return before;
  const fragment = walk.document.definitions.find(
    (definition) => definition.kind === Kind.FRAGMENT_DEFINITION && definition.name.value === name,
  );
  if (fragment?.kind !== Kind.FRAGMENT_DEFINITION) return 0;
  const type = walk.schema.getType(fragment.typeCondition.name.value);
  const cost = selectionCost(walk, fragment.selectionSet, type);
  walk.fragments.set(name, cost);
  return cost;
}

function fieldCost(walk: Walk, node: FieldNode, type: GraphQLNamedType | null | undefined): number {
  if (!node.selectionSet) return 1;
  const field = isObjectType(type) || isInterfaceType(type) ? type.getFields()[node.name.value] : undefined;
  // Introspection, whose size is the schema's.
  if (!field) return 1;
  return (
    1 + itemsOf(walk, node, field, type) * selectionCost(walk, node.selectionSet, getNamedType(field.type))
  );
}

function itemsOf(
  walk: Walk,
  node: FieldNode,
  field: GraphQLField<unknown, unknown>,
  type: GraphQLNamedType | null | undefined,
): number {
  if (isPaged(field)) return pageSize(walk, node);
  // The items of a page were counted where its size is told.
  const isOfPage = type?.name.endsWith('Connection') ?? false;
  return isList(field.type) && !isOfPage ? LIST_ITEMS : 1;
}

function isPaged({ args }: GraphQLField<unknown, unknown>): boolean {
  return args.some(({ name }) => name === 'first') && args.some(({ name }) => name === 'last');
}

function pageSize(walk: Walk, node: FieldNode): number {
  let size: number | undefined;
  for (const { name, value } of node.arguments ?? []) {
    if (name.value !== 'first' && name.value !== 'last') continue;
    const given =
      value.kind === Kind.VARIABLE
        ? variableValue(walk, value.name.value)
        : value.kind === Kind.INT
          ? Number(value.value)
          : undefined;
    if (given !== undefined && given !== null) size = Math.max(size ?? 0, clampPage(given));
  }
  return size ?? DEFAULT_PAGE;
}

/** As sent, or its default; what is no number is refused later. */
function variableValue(walk: Walk, name: string): unknown {
  walk.dependsOnVariables = true;
  if (Object.hasOwn(walk.variables, name)) return walk.variables[name];
  const definition = walk.operation.variableDefinitions?.find(({ variable }) => variable.name.value === name);
  const value = definition?.defaultValue;
  return value?.kind === Kind.INT ? Number(value.value) : undefined;
}

function clampPage(value: unknown): number {
  return typeof value === 'number' && value <= MAX_PAGE ? Math.max(0, value) : MAX_PAGE;
}

function isList(type: GraphQLOutputType): boolean {
  return isListType(isNonNullType(type) ? type.ofType : type);
}
