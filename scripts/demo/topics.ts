/**
 * The topics of the demo's people. `{word}` is replaced by one of the topic's own words, or of `COMMON`;
 * `/` separates the choices. A reply keeps its parent's choice of the topic's words.
 */

export interface Topic {
  posts: readonly string[];
  replies: readonly string[];
  words: Readonly<Record<string, string>>;
}

/** Words that every topic may use. */
export const COMMON: Readonly<Record<string, string>> = {
  day: "this morning/tonight/on Sunday/today/last weekend/yesterday/after work/before breakfast",
  who: "my sister/a neighbour/my grandmother/an old friend/my flatmate/a colleague/my dad",
  where: "by the river/near the station/in the old town/up north/on the coast/at the market",
  n: "two/three/four/five/six/seven/nine/twelve",
  adj: "quiet/strange/lovely/stubborn/gorgeous/tiny/peculiar/perfect/ridiculous/gentle",
};

/** Endings of some posts. */
export const ENDINGS: readonly string[] = [
  "No notes.",
  "Recommended.",
  "I regret nothing.",
  "More soon.",
  "Ask me how I know.",
  "Small joys.",
  "That is all.",
  "{who} would be proud.",
  "Would do it again.",
  "What a week.",
  "I may need a day off.",
  "Tea first, then the rest.",
  "Somebody had to say it.",
  "Nobody warned me.",
];

/** Replies that fit anything. */
export const ANY_REPLIES: readonly string[] = [
  "This made my day, thank you.",
  "I was thinking about exactly this {day}.",
  "Tell me more, how did it end?",
  "Same here. {who} says it never changes.",
  "Saving this for later.",
  "Not sure I agree, but I like how you put it.",
  "You always find the {adj} ones.",
  "Ha, I needed that {day}.",
  "I read this twice.",
  "Next time take me with you.",
];

export const TOPICS: readonly Topic[] = [
  {
    words: {
      bread: "rye loaf/focaccia/sourdough/seeded roll/brioche/flatbread",
      spice: "cardamom/smoked paprika/sumac/cinnamon/za'atar/fennel seed",
      dish: "lentil soup/dumplings/a tray of roast squash/noodles/shakshuka/plum cake",
    },
    posts: [
      "Baked a {bread} {day}. The crust sings when it cools.",
      "{who} puts {spice} in everything, and I am starting to see why.",
      "Made {dish} for {n} people and there is nothing left. Best review there is.",
      "Starter is {n} days old and already more {adj} than I am.",
      "Small discovery: {spice} on a warm {bread}. That's the whole post.",
      "Trying to cook {dish} from memory. Memory is not a recipe.",
      "There is a {adj} bakery {where} that sells out of {bread} by nine.",
      "{day}: {dish}, the good chairs, no phones.",
    ],
    replies: [
      "Recipe, please!",
      "How much {spice} are we talking about?",
      "My {bread} never rises like that.",
      "Would {dish} work with that too?",
    ],
  },
  {
    words: {
      trail: "ridge path/lake loop/old railway line/coast path/forest road",
      animal: "heron/fox/pair of deer/kingfisher/woodpecker/badger",
      sky: "fog/low sun/first snow/thunder far away/a sky like slate/warm wind",
    },
    posts: [
      "Walked the {trail} {day}. {n} hours, one {animal}, no signal.",
      "Saw a {animal} {where}. Stood still until my feet were cold.",
      "The {trail} in {sky} is worth the alarm clock.",
      "Forgot the map, found a better way down from the {trail}.",
      "{sky} over the {trail} {day}. I took {n} pictures and kept none.",
      "A {animal} looked at me {day} as if I owed it rent.",
      "Boots dried, legs done, already planning the {trail} again.",
    ],
    replies: [
      "Is the {trail} open again?",
      "A {animal}! I have waited {n} years to see one.",
      "With {sky}? You are braver than me.",
      "How muddy was it?",
    ],
  },
  {
    words: {
      part: "chain/front wheel/saddle/brake cable/bottom bracket/pedal",
      ride: "commute/long loop/night ride/climb to the dam/ride to the sea",
    },
    posts: [
      "New {part}, whole new bicycle.",
      "{ride} {day}: {n} traffic lights, all green. I will never be this lucky again.",
      "Something in the {part} clicks, but only when nobody is listening.",
      "{who} joined the {ride} and was faster. We do not speak of it.",
      "Headwind both ways on the {ride}. Physics owes me an explanation.",
      "Taught {who} to change a {part}. Took {n} tries and a lot of tea.",
      "The bike lane {where} is finally done, and it is {adj}.",
    ],
    replies: [
      "It's the {part}. It's always the {part}.",
      "Count me in for the next {ride}.",
      "This is why I carry a spare {part}.",
      "Which {part} did you get?",
    ],
  },
  {
    words: {
      bug: "race condition/off-by-one/missing await/time zone bug/stale cache/flaky test",
      tool: "a profiler/pen and paper/print statements/git bisect/a rubber duck/sleep",
      thing: "parser/build/scheduler/importer/deploy script/queue consumer",
    },
    posts: [
      "Found the {bug}. It was in the last place I looked, because then I stopped looking.",
      "The {thing} is {n} times faster now. I deleted it and called the other one.",
      "Debugging with {tool} {day}. It works more often than it should.",
      "Today's {bug} was older than the tests that should have caught it.",
      "Wrote down how the {thing} works. Noticed while writing that it doesn't.",
      "Rule of the week: name the {thing} after what it does, not after how it does it.",
      "{n} lines removed from the {thing}, one {adj} comment added.",
      "Every {bug} is funny on somebody else's pager.",
    ],
    replies: [
      "How did you reproduce the {bug}?",
      "{tool} wins again.",
      "Was it the cache? It was the cache.",
      "Please write this up, others have that {thing} too.",
      "We had the same {bug} and just turned it off.",
    ],
  },
  {
    words: {
      book: "novel about lighthouse keepers/history of salt/book of letters/thin book of poems/memoir",
      spot: "in the bath/on the night train/in the library's one good chair/on the balcony",
    },
    posts: [
      "Reading a {book} {spot}. Nobody call.",
      "Finished the {book} {day} and started over at page one.",
      "{who} lent me a {book} with notes in the margins. The notes are better.",
      "The {book} I gave up on {n} years ago turns out to be {adj}.",
      "One chapter, I said. It is now {n} chapters later.",
      "A secondhand {book}, and inside it somebody's shopping list: eggs, candles, courage.",
    ],
    replies: [
      "Adding it to the pile. The pile disapproves.",
      "I cried over that one {spot}.",
      "Is the ending as {adj} as people say?",
      "What should I read of theirs first?",
    ],
  },
  {
    words: {
      plant: "tomatoes/radishes/sweet peas/beans/dahlias/marigolds",
      guest: "snails/a hedgehog/bumblebees/the neighbour's cat/swifts",
    },
    posts: [
      "The {plant} are up! {n} of them, all leaning towards the window.",
      "{guest} in the garden {day}. We have agreed on visiting hours.",
      "Gave away {n} jars of {plant} and people still pick up when I call.",
      "Watered the {plant}, then it rained. You're welcome.",
      "{who} talks to the {plant}. Theirs are twice the size of mine.",
      "Moved the {plant} {where}. They look offended.",
    ],
    replies: [
      "Mine were eaten by {guest}.",
      "Any {plant} left for me?",
      "Have you tried planting them with basil?",
      "Photos or it didn't sprout.",
    ],
  },
  {
    words: {
      tune: "cello suite/slow waltz/bass line/choir piece/ballad in a minor key",
      place: "the kitchen/an empty church/a rehearsal room that smells of coffee/the tram",
    },
    posts: [
      "Practised the {tune} in {place} for the echo.",
      "Somebody hummed a {tune} in {place} and now it lives in my head.",
      "{n} weeks of the same {tune}. {day} it finally breathed.",
      "Concert {where} {day}, pay what you can, bring {who}.",
      "New strings. The {tune} sounds {adj} and so do I.",
      "Learned the {tune} by ear, from a recording with a dog in it.",
    ],
    replies: ["Record it, please.", "Which key do you play it in?", "Now it lives in my head too."],
  },
  {
    words: {
      ride: "tram 4/the night bus/the early ferry/the slow train/the cable car",
      sight: "a wedding in the rain/a man with a cello and an ice cream/two kids teaching a parrot",
    },
    posts: [
      "Seen from {ride} {day}: {sight}.",
      "{ride} was late, so I met {n} neighbours I had never talked to.",
      "The city {where} at six in the morning belongs to gulls and bakers.",
      "They have repainted {ride}. It is {adj} and I am moved.",
      "Lost a glove on {ride}, found it on a fence, with a note.",
      "{who} says the best view in town is {where}. {who} is right.",
    ],
    replies: [
      "I was on {ride} too and missed it!",
      "This is why I don't own a car.",
      "I would have missed my stop.",
      "That corner {where} is the best.",
    ],
  },
  {
    words: {
      object: "comet/half moon/space station/row of planets/shooting star",
      kit: "binoculars/a borrowed telescope/just my eyes/an old tripod",
    },
    posts: [
      "Clear sky {day}: the {object}, with {kit}.",
      "Woke {who} to see the {object}. Forgiven after {n} minutes.",
      "Clouds again. The {object} is up there, laughing.",
      "First {object} with {kit}, and I said a word I can't post.",
      "If you are {where} tonight, look south around nine: {object}.",
    ],
    replies: [
      "Saw it too, from the other side of the valley!",
      "Do I need more than {kit}?",
      "Clouds here. Describe it to me.",
      "{n} minutes later and I'd have missed it.",
    ],
  },
  {
    words: {
      craft: "scarf/bookshelf/ceramic bowl/quilt/linocut/kite",
      flaw: "one wonky corner/a dropped stitch/a thumbprint in the glaze/too much glue",
    },
    posts: [
      "Finished the {craft}, with {flaw}. Leaving it in.",
      "{day} I started a {craft}. Ask me again in {n} months.",
      "Sold my first {craft} {where}, to someone who bargained me up.",
      "Undoing is half of making a {craft}. The other half is tea.",
      "{who} asked for a {craft}. It is a {adj} honour and I have no idea how.",
    ],
    replies: [
      "{flaw} is how one knows it's yours.",
      "I would buy that {craft}.",
      "How did you learn?",
      "Mine fell apart after {n} days, teach me.",
    ],
  },
];
