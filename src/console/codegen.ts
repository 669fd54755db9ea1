import type { CodegenConfig } from '@graphql-codegen/cli';

/** Types the documents of `schema/operations`, which are all that the console asks the server. */
const config: CodegenConfig = {
  schema: 'schema/schema.graphql',
  documents: 'schema/operations/*.graphql',
  generates: {
    'src/console/generated/': {
      preset: 'client',
      presetConfig: { fragmentMasking: false },
      config: {
        enumsAsTypes: true,
        useTypeImports: true,
        scalars: {
          ByteCount: 'number',
          DateTime: 'string',
          JSON: 'unknown',
          Upload: { input: 'File', output: 'never' },
        },
      },
    },
  },
};

export default config;
