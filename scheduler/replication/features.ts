// Which replicated behaviours this program knows (design 4.14). A new cluster begins with the
// frozen list of its domain (`Domain.features`, carried by entry 1, the same bytes on every initial
// member); what came later is switched on by a command once every member supports it.

/** Feature: the progress of loading members is kept in the state. */
export const memberProgressFeature = 'member-progress'

/** Features of the framework; a domain adds its own to them (`Domain.supportedFeatures`). */
export const frameworkFeatures: readonly string[] = [memberProgressFeature]
