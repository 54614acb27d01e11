/** Made-up names of restaurants for the sample and the load: each kitchen in each place. */
export const places = (
  'Harbour, Mill Lane, Old Town, Station, Riverside, Garden, Hilltop, Market, Lakeside, Bridge Street, ' +
  'Chapel Yard, Orchard, Lighthouse, Canal, Castle, Meadow, Quarry, Tower, Willow, Park'
).split(', ');

export const kitchens = (
  'Noodles, Bakery, Grill, Curry House, Pizzeria, Dumplings, Tapas, Kebab, Sushi, Bistro, Falafel, ' +
  'Creperie, Taqueria, Fish Bar, Ramen'
).split(', ');

/** All names, in an order in which neighbours differ in place and kitchen. */
export const restaurants: readonly string[] = kitchens.flatMap((_, round) =>
  places.map((place, i) => `${place} ${kitchens[(i + round) % kitchens.length]}`),
);
