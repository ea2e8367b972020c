/** Plays the person on the sandbox's approval page; gives where the browser would be sent. */
export async function decide(page: string, decision: 'approve' | 'deny'): Promise<URL> {
  const html = await (await fetch(page)).text();
  const formToken = /name="form_token" value="([^"]+)"/.exec(html)?.[1];
  if (formToken === undefined) throw new Error(`This is no approval page: ${html}`);
  const body = new URLSearchParams({ form_token: formToken, decision });
  const answer = await fetch(new URL('/v2/authorize', page), { method: 'POST', body, redirect: 'manual' });
  return new URL(answer.headers.get('location') ?? '');
}
