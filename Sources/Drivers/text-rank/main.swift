// The driver text-rank: TextRank sentences and RAKE keywords; slower, dearer, better.
