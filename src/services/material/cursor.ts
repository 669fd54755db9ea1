import { AppError } from '../../errors.ts';
import { MATERIAL_ORDERS, type MaterialOrder } from './order.ts';

/** The place of a row in an order: the sort value and, where it is shared, the id. */
export interface Cursor {
  readonly order: MaterialOrder;
  /** Milliseconds since 1970, a name, or bytes. */
  readonly value: number | string;
  readonly id: string;
}

/** Instants of the years 1 to 3900, which all are written in one way; and more bytes than a file has. */
const MAX_NUMBER = 6.2e13;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

export function encodeCursor(cursor: Cursor): string {
  return Buffer.from(JSON.stringify([cursor.order, cursor.value, cursor.id])).toString('base64url');
}

/** @throws AppError PARAMS_INVALID for a cursor that was not made here, or for another order. */
export function decodeCursor(text: string, order: MaterialOrder): Cursor {
  const parts = parse(text);
  if (Array.isArray(parts) && parts.length === 3) {
    const [name, value, id]: unknown[] = parts;
    const { valueType } = MATERIAL_ORDERS[order];
    const fits = valueType === 'string' ? typeof value === 'string' : Number.isSafeInteger(value);
    if (name === order && fits && typeof id === 'string' && UUID.test(id)) {
      const inRange =
        typeof value === 'string' ? !value.includes('\0') : Math.abs(Number(value)) < MAX_NUMBER;
      if (inRange) return { order, value: value as number | string, id };
    }
  }
  throw new AppError('PARAMS_INVALID', {
    detail: { en: 'The cursor does not belong to this list and order.', zh: '游标不属于这个列表和排序' },
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(Buffer.from(text.slice(0, 8192), 'base64url').toString());
  } catch {
    return undefined;
  }
}
