import { UsageError } from '@ibkit/error-codes';

/** One setting of IBC. */
export type IbcSetting = string | number | boolean;

const KEY = /^[A-Za-z][A-Za-z0-9]*$/u;

/**
 * The text of IBC's config.ini.
 * @throws {@link UsageError} naming the key, never the value, for what would end the line or is no key
 */
export function ibcConfigText(settings: Readonly<Record<string, IbcSetting | undefined>>): string {
  const lines = Object.entries(settings).flatMap(([key, value]) => {
    if (value === undefined) return [];
    if (!KEY.test(key)) throw new UsageError({ field: `settings.${key}`, rule: 'must be a key of IBC: letters and digits' });
    const text = typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value);
    // A backslash would escape what follows in a properties file.
    if (/[\r\n\0]/u.test(text)) throw new UsageError({ field: `settings.${key}`, rule: 'must be one line' });
    return [`${key}=${text.replaceAll('\\', '\\\\')}`];
  });
  return `${lines.join('\n')}\n`;
}

/** What a key is set to in such a text. */
export function ibcSettingIn(text: string, key: string): string | undefined {
  const line = text.split('\n').find((each) => each.startsWith(`${key}=`));
  return line?.slice(key.length + 1).replaceAll('\\\\', '\\');
}

/** `HH:MM` as IBC wants it for AutoRestartTime: `11:45 PM`. */
export function twelveHours(time: string): string {
  const [hour = '0', minute = '00'] = time.split(':');
  const hours = Number(hour);
  return `${String(hours % 12 === 0 ? 12 : hours % 12).padStart(2, '0')}:${minute} ${hours < 12 ? 'AM' : 'PM'}`;
}
