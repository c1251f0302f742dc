import { library } from '@ibkit/presets/tsup';

const actors = [
  'chain/chain-reader-process',
  'chain/chain-server-process',
  'client/contender-process',
  'client/stamp-process',
  'daemon-day/daemon-process',
  'fan-out/fan-out-clients-process',
  'fan-out/fan-out-server-process',
  'orders/order-client-process',
  'orders/order-server-process',
  'quotes/quote-reader-process',
  'quotes/quote-server-process',
  'recording/format-process',
  'simulator/crowd-process',
  'simulator/feed-process',
  'simulator/simulator-process',
  'simulator/trader-process',
];

export default library(
  {
    main: 'src/main.ts',
    blaster: 'src/blaster.ts',
    'soak-main': 'src/soak-main.ts',
    subject: 'src/subject.ts',
    ...Object.fromEntries(actors.map((actor) => [actor, `src/${actor}.ts`])),
  },
  { format: ['esm'], dts: false },
);
