// The driver text-lead: first sentences and frequent words; instant, cheap, modest.
