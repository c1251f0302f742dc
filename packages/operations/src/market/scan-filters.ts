import { UsageError } from '@ibkit/error-codes';

/**
 * Reads `priceAbove=5,volumeAbove=100000`.
 * @throws {@link UsageError} for a part that is no `name=value`, and for a name that comes twice.
 */
export function scanFilters(text: string | undefined): Readonly<Record<string, string>> {
  const filters: Record<string, string> = {};
  for (const part of (text ?? '').split(',').map((piece) => piece.trim()).filter((piece) => piece !== '')) {
    const at = part.indexOf('=');
    const [name, value] = [part.slice(0, Math.max(at, 0)).trim(), part.slice(at + 1).trim()];
    if (at < 1 || name === '' || value === '') throw new UsageError({ field: 'filters', value: part, rule: 'must be name=value, separated by commas, such as priceAbove=5,volumeAbove=100000' });
    if (Object.hasOwn(filters, name)) throw new UsageError({ field: 'filters', value: part, rule: `must name each filter once, and ${name} comes twice` });
    filters[name] = value;
  }
  return filters;
}
