/** Made-up restaurants of the sample and of the load: every place has every kitchen. */
export const places = (
  'Harbour, Mill Lane, Old Town, Station, Riverside, Garden, Hilltop, Market, Lakeside, Bridge Street, ' +
  'Chapel Yard, Orchard, Lighthouse, Canal, Castle, Meadow, Quarry, Tower, Willow, Park'
).split(', ');

export const kitchens = (
  'Noodles, Bakery, Grill, Curry House, Pizzeria, Dumplings, Tapas, Kebab, Sushi, Bistro, Falafel, ' +
  'Creperie, Taqueria, Fish Bar, Ramen'
).split(', ');

/** All of them. Neighbours in the list share neither place nor kitchen. */
export const restaurants: readonly string[] = kitchens.flatMap((_, round) =>
  places.map((place, i) => `${place} ${kitchens[(i + round) % kitchens.length]}`),
);
