import { type OperationDefinitionNode, parse, print, type TypeNode } from 'graphql';

/** An example of `schema/operations`, with variables of the reader. */
export interface Example {
  /** Of the operation, such as `UploadMaterials`. */
  readonly name: string;
  readonly kind: 'query' | 'mutation' | 'subscription';
  /** Its comments, a line each. */
  readonly notes: readonly string[];
  /** Without comments. */
  readonly document: string;
  readonly variables: Readonly<Record<string, unknown>>;
  /** The variable that takes files, and whether it takes several. */
  readonly upload: { readonly variable: string; readonly isList: boolean } | undefined;
}

/** Where the example is for. */
export interface Reader {
  /** Such as https://stock.example.com */
  readonly origin: string;
  readonly mallId: number;
}

/** @throws GraphQLError for a text that is not one operation. */
export function readExample(text: string, { mallId }: Pick<Reader, 'mallId'>): Example {
  const definition = parse(text, { noLocation: true }).definitions[0] as OperationDefinitionNode;
  const notes = text.split('\n').flatMap((line) => (line.startsWith('#') ? [line.replace(/^#\s?/, '')] : []));
  const given = variablesOf(notes);
  const variables: Record<string, unknown> = {};
  let upload: Example['upload'];
  for (const { variable, type } of definition.variableDefinitions ?? []) {
    const name = variable.name.value;
    if (innerName(type) === 'Upload') {
      upload = { variable: name, isList: print(type).startsWith('[') };
      continue;
    }
    const isRequired = type.kind === 'NonNullType';
    if (name === 'mallId') variables[name] = mallId;
    else if (given[name] != null) variables[name] = given[name];
    else if (isRequired) variables[name] = placeholder(type);
  }
  return {
    name: definition.name?.value ?? '',
    kind: definition.operation,
    notes: notes.filter((line) => !line.startsWith('Variables:')),
    document: print(definition),
    variables,
    upload,
  };
}

/** The values that the line `# Variables: {…}` shows; none where it is not JSON. */
function variablesOf(notes: readonly string[]): Record<string, unknown> {
  const line = notes.find((note) => note.startsWith('Variables:'))?.slice('Variables:'.length);
  try {
    return line ? JSON.parse(line) : {};
  } catch {
    return {};
  }
}

function innerName(type: TypeNode): string {
  return type.kind === 'NamedType' ? type.name.value : innerName(type.type);
}

function placeholder(type: TypeNode): unknown {
  if (type.kind === 'NonNullType') return placeholder(type.type);
  if (type.kind === 'ListType') return [placeholder(type.type)];
  const name = type.name.value;
  if (name === 'Int' || name === 'Float' || name === 'ByteCount') return 1;
  if (name === 'Boolean') return true;
  return name.endsWith('Input') ? {} : '…';
}
