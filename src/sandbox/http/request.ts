import type { HonoRequest } from 'hono';
import { isObject } from '../../platform/core/json.ts';
import { ApiError, type ErrorCode } from './errors.ts';

/** The JSON object in the body. Throws `code`: with 415 for another content type, with 400 for a body that is not a JSON object. */
export async function readJson(
  request: HonoRequest,
  code: ErrorCode,
  contentTypes: readonly string[],
): Promise<Record<string, unknown>> {
  const type = contentType(request);
  if (!contentTypes.includes(type)) {
    throw new ApiError(code, `The content type must be ${contentTypes.join(' or ')}, not "${type}"`, 415);
  }
  const value = parse(await request.text());
  if (!isObject(value)) throw new ApiError(code, 'The body must be a JSON object');
  return value;
}

/** The media type of the body without its parameters, in lower case. */
export function contentType(request: HonoRequest): string {
  return (request.header('content-type') ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
