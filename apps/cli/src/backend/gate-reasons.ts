import { plain } from '../render/text.js';

/** What the reasons of the order gate mean, loaded when one is to be shown. */
export async function gateReasonText(): Promise<(reason: string) => string> {
  const { GATE_REASONS } = await import('@ibkit/gateway-trading');
  const texts: Readonly<Record<string, string>> = GATE_REASONS;
  return (reason) => texts[reason] ?? plain(reason);
}
