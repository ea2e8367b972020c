import type { HonoRequest } from 'hono';
import { apiError, type Code } from './errors.ts';

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The JSON object in the body. Throws the code: 415 for another content type, 400 for anything that is no JSON object. */
export async function readJson(
  request: HonoRequest,
  code: Code,
  contentTypes: readonly string[],
): Promise<Record<string, unknown>> {
  const type = contentType(request);
  if (!contentTypes.includes(type)) {
    throw apiError(code, `The content type must be ${contentTypes.join(' or ')}, not "${type}"`, 415);
  }
  const value = parse(await request.text());
  if (!isRecord(value)) throw apiError(code, 'The body must be a JSON object');
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
