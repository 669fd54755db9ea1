import Ajv, { type ValidateFunction } from 'ajv/dist/2020.js';

interface Schema {
  readonly [keyword: string]: unknown;
}

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema: Schema;
}

export interface Operation {
  readonly operationId: string;
  readonly summary: string;
  readonly parameters: readonly (Parameter | { readonly $ref: string })[];
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> };
  readonly responses: Readonly<
    Record<string, { readonly content?: Readonly<Record<string, { readonly schema?: Schema }>> }>
  >;
}

export interface OpenApi {
  readonly openapi: string;
  readonly info: { readonly description: string };
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: {
    readonly schemas: Readonly<Record<string, Schema>>;
    readonly securitySchemes: Readonly<Record<string, Schema>>;
  };
}

/** The document of a server, and what answers can be held against. */
export class ApiDocument {
  readonly document: OpenApi;
  readonly #ajv = new Ajv({ strict: false, validateFormats: false });

  constructor(document: OpenApi) {
    this.document = document;
    this.#ajv.addSchema({ $id: 'document', ...document });
  }

  static async of(url: string): Promise<ApiDocument> {
    return new ApiDocument((await (await fetch(`${url}/openapi.json`)).json()) as OpenApi);
  }

  /** Every operation with its name, such as `GET /qr.svg`. */
  get operations(): readonly (readonly [name: string, operation: Operation])[] {
    return Object.entries(this.document.paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(
        ([method, operation]) => [`${method.toUpperCase()} ${path}`, operation] as const,
      ),
    );
  }

  operation(name: string): Operation {
    const found = this.operations.find(([candidate]) => candidate === name)?.[1];
    if (!found) throw new Error(`the document has no ${name}`);
    return found;
  }

  /** What can be in the query. */
  query(name: string): readonly Parameter[] {
    return this.operation(name).parameters.filter(
      (parameter): parameter is Parameter => 'in' in parameter && parameter.in === 'query',
    );
  }

  /** What is wrong with an answer by the document; empty: nothing. */
  async faults(name: string, response: Response): Promise<readonly string[]> {
    const { responses } = this.operation(name);
    const described = responses[response.status] ?? responses.default;
    if (!described) return [`${name}: no status ${response.status}`];
    const [type = ''] = (response.headers.get('content-type') ?? '').split(';');
    if (described.content === undefined) return type === '' ? [] : [`${name}: a body of ${type}`];
    const media = described.content[type] ?? described.content[`${type.split('/')[0]}/*`];
    if (!media) return [`${name} ${response.status}: no type ${type}`];
    if (!media.schema) return [];
    const validate = this.validator(media.schema);
    const value: unknown = await response.json();
    if (validate(value)) return [];
    return [
      `${name} ${response.status}: ${this.#ajv.errorsText(validate.errors)} in ${JSON.stringify(value)}`,
    ];
  }

  validator(schema: Schema): ValidateFunction {
    const text = JSON.stringify(schema).replaceAll('"$ref":"#', '"$ref":"document#');
    return this.#ajv.compile(JSON.parse(text) as Schema);
  }
}
