import type { Services } from '../../context.ts';
import type { SessionServices } from '../end-sessions.ts';

export type ImportServices = SessionServices & Pick<Services, 'passwords' | 'passwordLegacy'>;

export interface RowMessage {
  /** As spreadsheet programs count. */
  readonly row: number;
  readonly message: string;
}
