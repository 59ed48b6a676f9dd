export type * from './cdnsystem/PieceSeed.ts'
export type * from './cdnsystem/SeedRequest.ts'
export type * from './cdnsystem/Seeder.ts'
