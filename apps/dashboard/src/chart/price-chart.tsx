import { useSignalEffect } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import type { JSX } from 'preact';
import uPlot from 'uplot';
import type { Watched } from '../data/live.js';

const HEIGHT = 180;

function colour(element: Element, name: string): string {
  return getComputedStyle(element).getPropertyValue(name).trim();
}

function draw(element: HTMLElement): uPlot {
  const axis = { stroke: () => colour(element, '--muted'), grid: { stroke: () => colour(element, '--line'), width: 1 }, ticks: { stroke: () => colour(element, '--line'), width: 1 } };
  return new uPlot(
    {
      width: Math.max(200, element.clientWidth), height: HEIGHT, cursor: { y: false }, legend: { show: false },
      axes: [{ ...axis }, { ...axis, size: 64 }],
      series: [{}, { stroke: () => colour(element, '--accent'), width: 1.5, spanGaps: false, points: { show: false } }],
    },
    [[], []],
    element,
  ); // prettier-ignore
}

/** The last ten minutes of a symbol; where it was not known, the line is broken. */
export function PriceChart({ watched }: { readonly watched: Watched }): JSX.Element {
  const host = useRef<HTMLDivElement>(null);
  const chart = useRef<uPlot | undefined>(undefined);
  useEffect(() => {
    const element = host.current;
    if (element === null) return undefined;
    const plot = draw(element);
    chart.current = plot;
    const observer = new ResizeObserver(() => { plot.setSize({ width: Math.max(200, element.clientWidth), height: HEIGHT }); });
    observer.observe(element);
    return () => {
      observer.disconnect();
      plot.destroy();
      chart.current = undefined;
    };
  }, [watched]);
  useSignalEffect(() => {
    // Read for the sake of being called when it changes.
    if (watched.view.value.atMs === undefined) return;
    const [times, prices] = watched.history.points;
    chart.current?.setData([[...times], [...prices]]);
  });
  return <div class="chart" ref={host} role="img" aria-label={`Price of ${watched.symbol} in the last ten minutes`} />;
}
