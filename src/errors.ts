/** One entry of the error catalogue. `retryable`: the same request may succeed later without a change. */
export interface ErrorDefinition {
  /** HTTP status (RFC 9110, section 15). */
  readonly status: number;
  /** Number in the legacy envelope `{code, msg, data}`, where the legacy services had one. */
  readonly legacyCode?: number;
  readonly en: string;
  readonly zh: string;
  readonly retryable: boolean;
}

/** Languages in which errors are told to clients. */
export type Language = 'en' | 'zh';

/** Every error that a client can see. `schema/errors.md` documents each; a test compares the two. */
export const errorCatalogue = {
  // Requests
  PARAMS_INVALID: fault(400, 'The request has a value that is not allowed.', '参数有误', 40002),
  PARSER_FAILED: fault(400, 'The request body cannot be read.', '不支持的post表单', 40001),
  GRAPHQL_PARSE_FAILED: fault(400, 'The GraphQL document cannot be parsed.', 'GraphQL 文档语法错误'),
  GRAPHQL_VALIDATION_FAILED: fault(
    400,
    'The GraphQL document does not fit the schema.',
    'GraphQL 文档与模式不符',
  ),
  QUERY_TOO_EXPENSIVE: fault(400, 'The query asks for too much at once.', '查询过于复杂'),
  DOCUMENT_NOT_ALLOWED: fault(
    403,
    'Only documents of the allow-list run here.',
    '仅允许执行白名单中的 GraphQL 文档',
  ),
  PERSISTED_QUERY_NOT_FOUND: fault(
    404,
    'The server does not know this document; send it whole.',
    '未找到持久化查询，请发送完整文档',
  ),
  MULTIPART_INVALID: fault(400, 'The multipart body is malformed.', 'multipart 请求体格式错误', 40001),
  CSRF_HEADER_MISSING: fault(
    403,
    'A form request needs the header apollo-require-preflight, graphql-require-preflight or x-graphql-yoga-csrf.',
    '表单请求缺少防跨站请求头',
    40301,
  ),
  ORIGIN_NOT_ALLOWED: fault(
    403,
    'Requests from this origin are not allowed.',
    '不允许来自该来源的请求',
    40301,
  ),
  NOT_FOUND: fault(404, 'There is no such thing here.', '资源不存在'),
  METHOD_NOT_ALLOWED: fault(405, 'This method is not allowed here.', '请求方法不被允许'),
  REQUEST_TIMEOUT: passing(408, 'No bytes arrived for too long.', '长时间未收到数据，请重试'),
  PRECONDITION_FAILED: fault(
    412,
    'The file is not the one that the request expects.',
    '文件与请求的前提条件不符',
  ),
  REQUEST_TOO_LARGE: fault(413, 'The request is too large.', '请求内容过大'),
  TOO_MANY_FILES: fault(413, 'The request has too many files.', '文件数量超出限制'),
  RANGE_NOT_SATISFIABLE: fault(416, 'The requested range lies outside of the file.', '请求的范围无效'),

  // Accounts
  LOGIN_REQUIRED: fault(401, 'Log in first.', '请先登录', 40101),
  INVALID_CREDENTIALS: fault(401, 'Wrong user name or password.', '账号密码错误，请重试', 40002),
  FORBIDDEN: fault(403, 'You are not allowed to do this.', '没有权限', 40301),

  PASSWORD_CHANGE_REQUIRED: fault(
    403,
    'Change your password first (mutation changePassword).',
    '请先修改密码（changePassword）',
    40301,
  ),
  PASSWORD_WEAK: fault(422, 'This password is too easy to guess.', '密码过于简单', 40002),
  USERNAME_TAKEN: fault(409, 'There is a user of this name already.', '用户名已存在', 40002),
  TOKEN_INVALID: fault(401, 'The API token is not valid, or it has expired.', 'API 令牌无效或已过期', 40101),
  RATE_LIMITED: passing(429, 'Too many tries; wait before the next.', '操作过于频繁，请稍后再试'),

  LINK_INVALID: fault(403, 'This link is not valid.', '链接无效', 40301),
  LINK_EXPIRED: fault(403, 'This link has expired.', '链接已过期', 40301),

  // Malls
  MALL_NOT_EMPTY: fault(409, 'The mall still has materials.', '商城中仍有素材'),
  LAST_ADMIN: fault(409, 'There would be no administrator left.', '至少需要保留一名管理员'),
  QUOTA_EXCEEDED: fault(507, "The mall's quota does not leave room for this.", '超出商城存储配额'),

  // Materials
  MATERIAL_CHANGED: fault(409, 'The material was changed meanwhile.', '素材已被他人修改，请刷新后重试'),
  NOT_IN_TRASH: fault(409, 'Only what is in the trash can be purged.', '仅可彻底删除回收站中的素材'),

  // One file of an upload
  FILE_TOO_LARGE: fault(413, 'The file is too large.', '文件过大'),
  FILE_EMPTY: fault(422, 'The file is empty.', '文件为空'),
  FILE_NAME_INVALID: fault(422, 'The file name is longer than 1,024 bytes.', '文件名过长'),
  FILE_TYPE_NOT_ALLOWED: fault(
    422,
    'This is not a picture, a video or a sound.',
    '文件类型不支持，仅支持图片、视频和音频',
  ),
  IMAGE_FORMAT_UNSUPPORTED: fault(422, 'This picture format is not supported.', '不支持该图片格式'),
  IMAGE_TOO_LARGE: fault(422, 'The picture has too many pixels.', '图片像素过大'),
  FILE_DAMAGED: fault(422, 'The file is cut off or damaged.', '文件不完整或已损坏'),
  PROBE_TIMEOUT: fault(422, 'The file could not be examined in time.', '文件解析超时'),
  FILE_KIND_DIFFERS: fault(
    422,
    'The file is of another kind than the one that it should replace.',
    '新文件与原素材类型不一致',
  ),
  UPLOAD_ORDER: fault(
    422,
    'The file came before one that another field of the document waits for; send it in a request of its own.',
    '文件顺序与操作顺序不符，请分开上传',
  ),

  // Pictures from elsewhere
  AVATAR_DOWNLOAD_FAILED: fault(422, 'The avatar could not be fetched.', '下载头像失败', 53003),
  REMOTE_UNREACHABLE: fault(422, 'The address cannot be reached.', '无法访问该地址'),
  REMOTE_TOO_LARGE: fault(422, 'What the address gives is too large.', '远程文件过大'),
  REMOTE_NOT_AN_IMAGE: fault(422, 'The address does not give a picture.', '该地址不是图片'),

  // The server
  INTERNAL_ERROR: fault(500, 'Something went wrong on the server.', '服务内部故障', 50000),
  SERVICE_UNAVAILABLE: passing(
    503,
    'The service is not available at the moment.',
    '服务暂不可用，请稍后再试',
    50000,
  ),
  STORAGE_FULL: passing(507, 'There is no room for this upload at the moment.', '存储空间不足', 50000),
} as const satisfies Record<string, ErrorDefinition>;

export type ErrorCode = keyof typeof errorCatalogue;

/** What a transport shows of an error; `message` is in the client's language. */
export interface PublicError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly status: number;
  readonly legacyCode?: number;
  readonly retryable: boolean;
  /** Seconds to wait before the next try. */
  readonly retryAfter?: number;
}

/** What exactly is wrong; words of libraries and of formats, meant for programmers, are English only. */
export type ErrorDetail = string | Readonly<Record<Language, string>>;

export interface AppErrorOptions {
  /** For the client; added to the catalogue's text. */
  readonly detail?: ErrorDetail;
  readonly cause?: unknown;
  /** Seconds. */
  readonly retryAfter?: number;
}

/** The one error that services throw. Anything else that reaches a transport is shown as INTERNAL_ERROR and logged. */
export class AppError extends Error {
  override readonly name = 'AppError';
  readonly code: ErrorCode;
  readonly detail: ErrorDetail | undefined;
  readonly retryAfter: number | undefined;

  constructor(code: ErrorCode, options: AppErrorOptions = {}) {
    super(errorCatalogue[code].en, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.detail = options.detail;
    this.retryAfter = options.retryAfter;
  }
}

/** A detail in one language. */
export function detailIn(detail: ErrorDetail, language: Language): string {
  return typeof detail === 'string' ? detail : detail[language];
}

/** Translates any thrown value for a client; what is not an AppError is masked. */
export function toPublicError(error: unknown, language: Language): PublicError {
  const app = error instanceof AppError ? error : new AppError('INTERNAL_ERROR');
  const definition: ErrorDefinition = errorCatalogue[app.code];
  const text = definition[language];
  const detail = app.detail === undefined ? undefined : detailIn(app.detail, language);
  return {
    code: app.code,
    message: detail === undefined ? text : `${text}${separator(language, detail)}${detail}`,
    status: definition.status,
    ...(definition.legacyCode === undefined ? {} : { legacyCode: definition.legacyCode }),
    retryable: definition.retryable,
    ...(app.retryAfter === undefined ? {} : { retryAfter: app.retryAfter }),
  };
}

/** The language of an `Accept-Language` value (RFC 9110, section 12.5.4): Chinese where it is preferred, else the fallback. */
export function languageOf(acceptLanguage: string | null | undefined, fallback: Language = 'en'): Language {
  if (!acceptLanguage) return fallback;
  let best: Language | undefined;
  let bestQuality = 0;
  for (const item of acceptLanguage.slice(0, 1000).split(',')) {
    const [range = '', ...parameters] = item.split(';');
    const primary = range.trim().toLowerCase().split('-')[0];
    const language = primary === 'zh' ? 'zh' : primary === 'en' ? 'en' : undefined;
    const quality = Number(
      parameters
        .find((p) => p.trim().startsWith('q='))
        ?.trim()
        .slice(2) ?? 1,
    );
    if (language && quality > bestQuality) {
      best = language;
      bestQuality = quality;
    }
  }
  return best ?? fallback;
}

/** The catalogue's Chinese texts have no full stop, unlike its English ones. */
function separator(language: Language, detail: string): string {
  return language === 'zh' && /\p{Script=Han}/u.test(detail) ? '：' : ' ';
}

function fault(status: number, en: string, zh: string, legacyCode?: number): ErrorDefinition {
  return { status, en, zh, retryable: false, ...(legacyCode === undefined ? {} : { legacyCode }) };
}

function passing(status: number, en: string, zh: string, legacyCode?: number): ErrorDefinition {
  return { ...fault(status, en, zh, legacyCode), retryable: true };
}
