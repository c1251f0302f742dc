import * as z from 'zod';
import { instantSchema } from '../values/values.js';

/** One headline. */
export const headlineSchema = z.object({ timeMs: instantSchema, providerCode: z.string(), articleId: z.string(), headline: z.string() }).meta({ id: 'Headline' });

/** Answer of `GET /v1/news/:symbol`. */
export const headlinesSchema = z.object({ symbol: z.string(), conId: z.number(), headlines: z.array(headlineSchema) }).meta({ id: 'Headlines' });

/** Answer of `GET /v1/news/articles/:provider/:article`. */
export const articleSchema = z
  .object({ providerCode: z.string(), articleId: z.string(), kind: z.enum(['text', 'html', 'pdf']), text: z.string().optional(), base64: z.string().optional().describe('Of a PDF') })
  .meta({ id: 'Article' });

/** See {@link headlinesSchema}. */
export type ApiHeadlines = z.infer<typeof headlinesSchema>;
/** See {@link articleSchema}. */
export type ApiArticle = z.infer<typeof articleSchema>;
