/** Length of the payload (u32), CRC-32 of kind and payload that goes on from the segment's salt (u32), kind (u8). Everything is little endian. */
export const RECORD_HEAD = 9;

/** No record is longer: lengths above are damage. */
export const LONGEST_RECORD = 32 * 1024 * 1024;

/** The kinds of record by their byte. Rows have a number; `instrument` and `text` name what rows refer to by number; `footer` ends a sealed segment. */
export const RECORD = { trade: 1, quote: 2, bar: 3, depth: 4, gap: 5, session: 6, frame: 7, instrument: 128, text: 129, footer: 255 } as const;

/** Version of the layouts below. A change of any of them is a new version. */
export const SCHEMA_VERSION = 1;

/**
 * What the payloads contain, in order, as the header of each segment repeats it: whoever finds a file in ten years can read it with this alone.
 * `f64` may be NaN for "absent"; `text` is a u16 into the segment's texts, `instrument` a u32 into its instruments, 0 for none; `long` is a u32 of bytes and UTF-8.
 */
export const SCHEMA = {
  trade: 'receivedAtMs:f64 time:f64 instrument price:f64 size:f64 exchange:text conditions:text flags:u8(1 pastLimit, 2 unreported)',
  quote: 'receivedAtMs:f64 time:f64 instrument bid:f64 bidSize:f64 ask:f64 askSize:f64 mode:text',
  bar: 'receivedAtMs:f64 time:f64 instrument date:text barSize:text kind:text open:f64 high:f64 low:f64 close:f64 volume:f64 wap:f64 count:f64',
  depth: 'receivedAtMs:f64 time:f64 instrument price:f64 size:f64 position:u32 marketMaker:text flags:u8(1 bid, 2 smart, 4 update, 8 delete)',
  gap: 'receivedAtMs:f64 fromMs:f64 toMs:f64 instrument lost:f64 flags:u8(1 recorder) reason:long',
  session: 'receivedAtMs:f64 epoch:f64 flags:u8(1 reason) event:long reason:long',
  frame: 'receivedAtMs:f64 epoch:f64 flags:u8(1 out) bytes:rest',
  instrument: 'id:u32 conId:f64 symbol:long',
  text: 'id:u16 text:long',
  footer: 'json',
} as const;
