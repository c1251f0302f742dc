import { ROUTES } from '@ibkit/api-contract';
import type { Route, RouteName } from '@ibkit/api-contract';
import { UsageError } from '@ibkit/error-codes';

function textOf(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join(',');
  if (typeof value === 'string') return value;
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  throw new UsageError({ field: 'input', rule: 'must have texts, numbers, yes or no, or lists of them in path and query' });
}

/** Path with query, and body, of a call. @throws {@link UsageError} for a parameter of the path that is missing */
export function requestOf(name: RouteName, input: Readonly<Record<string, unknown>>): { readonly method: Route['method']; readonly path: string; readonly body: string | undefined } {
  const route: Route = ROUTES[name];
  const path = route.path.replaceAll(/:([A-Za-z]+)/gu, (_, parameter: string) => {
    const value = input[parameter];
    if (value === undefined || value === '') throw new UsageError({ field: parameter, value, rule: 'must be given' });
    return encodeURIComponent(textOf(value));
  });
  const query = new URLSearchParams();
  for (const parameter of Object.keys(route.query?.shape ?? {})) {
    const value = input[parameter];
    if (value !== undefined) query.set(parameter, textOf(value));
  }
  return { method: route.method, path: query.size === 0 ? path : `${path}?${query.toString()}`, body: route.body === undefined ? undefined : JSON.stringify(input['body']) };
}
