import { expect, test } from 'bun:test';
import { join } from 'node:path';
import { generate } from '@graphql-codegen/cli';
import config from '../../../src/console/codegen.ts';
import { projectRoot } from '../../support/stockroom.ts';

test("the console's documents are those of schema/operations, by the schema of today", async () => {
  const files: readonly { filename: string; content: string }[] = await generate(
    { ...config, cwd: projectRoot, silent: true, errorsOnly: true },
    false,
  );
  const generated = files.find(({ filename }) => filename.endsWith('generated/graphql.ts'));
  const kept = await Bun.file(join(projectRoot, 'src/console/generated/graphql.ts')).text();
  // `bun run generate-documents` writes it anew.
  expect(kept === generated?.content).toBe(true);
});
