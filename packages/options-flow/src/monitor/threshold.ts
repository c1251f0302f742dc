import { UsageError } from '@ibkit/error-codes';
import type { Prediction } from '../answers/answers.js';

/** A level of confidence that is worth an event. */
export interface FlowThreshold {
  /** How it is called in events. */
  readonly name: string;
  /** Reached when the confidence is at or above it. */
  readonly confidence: number;
  /** Only for predictions with this signal; with another one it is not reached. @defaultValue any signal */
  readonly signal?: string | number | undefined;
}

/** @throws {@link UsageError} for thresholds without name or number, or with a name twice */
export function checkThresholds(thresholds: readonly FlowThreshold[]): void {
  thresholds.forEach(({ name, confidence }, index) => {
    if (typeof name !== 'string' || name === '') throw new UsageError({ field: `thresholds[${index}].name`, value: name, rule: 'must be a text' });
    if (!Number.isFinite(confidence)) throw new UsageError({ field: `thresholds[${index}].confidence`, value: confidence, rule: 'must be a finite number, on the scale of the model' });
    if (thresholds.findIndex((other) => other.name === name) !== index) throw new UsageError({ field: `thresholds[${index}].name`, value: name, rule: 'must be there once' });
  });
}

/** Whether a prediction reaches a threshold. */
export function reaches({ confidence, signal }: FlowThreshold, prediction: Prediction): boolean {
  if (signal !== undefined && String(signal).toLowerCase() !== String(prediction.signal).toLowerCase()) return false;
  return prediction.confidence >= confidence;
}
