import { lang } from '../i18n';
import type { Session } from './types';

/** What the daemon refused, in its own words (RFC 9457), or that it could not be reached. */
export class ApiError extends Error {
  /** `member`: of the body, where that alone is what the daemon refused. */
  constructor(readonly status: number, message: string, readonly details: string[] = [], readonly member = '') {
    super(message);
  }
}

let csrf: string | null = null;

export function rememberCsrf(session: Session): void {
  csrf = session.csrf;
}

async function refusal(answer: Response): Promise<ApiError> {
  let words = '';
  let details: string[] = [];
  let member = '';
  try {
    const problem = (await answer.json()) as {
      type?: unknown; detail?: unknown; title?: unknown; errors?: { pointer?: unknown; detail?: unknown }[];
    };
    words = String(problem.detail ?? problem.title ?? '');
    const pointer = problem.errors?.[0]?.pointer;
    if (typeof pointer === 'string' && String(problem.type).endsWith(':bad-member'))
      member = pointer.replace(/^\//, '');
    details = (problem.errors ?? []).flatMap((each) => (typeof each.detail === 'string' ? [each.detail] : []));
  } catch {
    words = answer.statusText;
  }
  return new ApiError(answer.status, words, details, member);
}

const TIMEOUT_MS = 15_000;

export async function api<T>(
  method: string, path: string, body?: unknown, patience_ms = TIMEOUT_MS, cache: RequestCache = 'no-store',
): Promise<T> {
  const headers: Record<string, string> = {
    Accept: 'application/json',
    'Accept-Language': lang(), /* refusals come in the reader's language */
  };
  if (method !== 'GET' && csrf)
    headers['X-CSRF-Token'] = csrf;
  if (body !== undefined)
    headers['Content-Type'] = 'application/json';

  const abort = new AbortController();
  const timer = setTimeout(() => abort.abort(), patience_ms);
  let answer: Response;
  try {
    answer = await fetch('/api/v1' + path, {
      method,
      headers,
      credentials: 'same-origin',
      cache,
      signal: abort.signal,
      body: body === undefined ? null : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, '');
  } finally {
    clearTimeout(timer);
  }
  if (!answer.ok)
    throw await refusal(answer);
  if (answer.status === 204)
    return undefined as T;
  try {
    return (await answer.json()) as T;
  } catch {
    throw new ApiError(answer.status, '');
  }
}

export const get = <T>(path: string) => api<T>('GET', path);
/** The same, and the browser keeps it as long as the daemon says: what is over need not be asked again. */
export const getKept = <T>(path: string) => api<T>('GET', path, undefined, TIMEOUT_MS, 'default');
export const post = <T>(path: string, body: unknown) => api<T>('POST', path, body);
export const put = <T>(path: string, body: unknown) => api<T>('PUT', path, body);
export const del = <T>(path: string) => api<T>('DELETE', path);
