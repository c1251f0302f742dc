import type { AlarmNews } from '@ibkit/core-connection';
import type { EventBus } from '@ibkit/event-bus';
import type { MarketDataEvents } from './liveness-events.js';

/** Where alarms are raised and resolved: an `Alarms` of `@ibkit/core-connection`. */
export interface StreamAlarmDesk {
  raise(news: AlarmNews): boolean;
  resolve(key: string, message?: string): boolean;
}

/** Options of {@link watchMarketData}. */
export interface WatchMarketDataOptions {
  /** A `MarketData`. */
  readonly marketData: { readonly events: Pick<EventBus<MarketDataEvents>, 'on'> };
  readonly alarms: StreamAlarmDesk;
  /** Tells its alarms from others. No account ids. @defaultValue 'market data' */
  readonly name?: string | undefined;
}

/**
 * Raises an alarm for every stream that is silent and should not be, and resolves it when it speaks again.
 * @returns what stops that; alarms that are raised stay raised
 */
export function watchMarketData({ marketData, alarms, name = 'market data' }: WatchMarketDataOptions): () => void {
  const keyOf = (key: string): string => `${name}:${key}`;
  const stops = [
    marketData.events.on('stream.alarm', ({ key, severity, title, message, details }) => {
      alarms.raise({ key: keyOf(key), severity, title: `${name}: ${title}`, message, details: { ...details } });
    }),
    marketData.events.on('stream.alarmOver', ({ key, message }) => {
      alarms.resolve(keyOf(key), message);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
  };
}
