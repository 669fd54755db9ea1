import { z } from 'zod';
import { AppError, type ErrorDetail } from '../../../errors.ts';

/**
 * The query of a URL as the route has it.
 * @param detail what to say where it does not fit, whatever the reason.
 * @throws AppError PARAMS_INVALID, also for a parameter that is there twice and is no list.
 */
export function readQuery<Schema extends z.ZodObject>(
  schema: Schema,
  url: string,
  detail?: ErrorDetail,
): z.output<Schema> {
  const { searchParams: query } = new URL(url);
  const given = Object.fromEntries(
    [...new Set(query.keys())].map((name) => {
      const values = query.getAll(name);
      return [name, values.length > 1 || isList(schema.shape[name]) ? values : values[0]];
    }),
  );
  const outcome = schema.safeParse(given);
  if (outcome.success) return outcome.data;
  throw new AppError('PARAMS_INVALID', { detail: detail ?? reason(outcome.error, given) });
}

/** A whole number in digits; NaN for what is none, so that who knows the limits says so. */
export function wholeNumber(limits: { readonly minimum: number; readonly maximum: number }) {
  const digits = /^\d{1,10}$/;
  return z
    .string()
    .transform((text) => (digits.test(text) ? Number(text) : Number.NaN))
    .meta({ type: 'integer', ...limits });
}

function isList(type: unknown): boolean {
  return (type instanceof z.ZodOptional ? type.unwrap() : type) instanceof z.ZodArray;
}

function reason(error: z.ZodError, given: Readonly<Record<string, unknown>>): ErrorDetail {
  const name = String(error.issues[0]?.path[0] ?? '');
  if (given[name] === undefined) return { en: `${name} is missing.`, zh: `${name} 为必填参数` };
  if (Array.isArray(given[name])) return { en: `There is more than one ${name}.`, zh: `${name} 重复` };
  return { en: `${name} is not valid.`, zh: `${name} 无效` };
}
