import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { idAt, idsOf, original, repost } from "../../test/entries.ts";
import { belongs, showOnce } from "./filter.ts";

const [me, friend, stranger] = [idAt(1), idAt(2), idAt(3)];
const viewer = {
  id: me,
  follows: (user: string) => user === friend,
  hides: () => false,
};
const replyTo = (author: string) => ({ id: idAt(9), author });

describe("what belongs in a timeline", () => {
  it("is every post of the viewer and of followed accounts, and of nobody else", () => {
    const by = (author: string) => belongs(original({ id: idAt(10), author }), viewer);
    expect([by(me), by(friend), by(stranger)]).toEqual([true, true, false]);
  });

  it("is a reply only if the viewer follows, or is, the author of its parent", () => {
    const answers = (author: string, to: string) =>
      belongs(original({ id: idAt(10), author, replyTo: replyTo(to) }), viewer);
    expect(answers(friend, stranger)).toBe(false);
    expect(answers(friend, friend)).toBe(true);
    expect(answers(friend, me)).toBe(true);
    expect(answers(stranger, me)).toBe(false);
  });

  it("is every post that a followed account has reposted, also a reply to a stranger", () => {
    const of = { id: idAt(10), author: stranger, replyTo: replyTo(stranger) };
    expect(belongs(repost(idAt(11), friend, of), viewer)).toBe(true);
    expect(belongs(repost(idAt(11), stranger, { ...of, author: friend }), viewer)).toBe(false);
  });

  it("is no post and no repost of a hidden account", () => {
    const hiding = (hidden: string) => ({ ...viewer, hides: (user: string) => user === hidden });
    const post = { id: idAt(10), author: stranger };
    const reposted = repost(idAt(11), friend, post);
    expect(belongs(reposted, hiding(stranger))).toBe(false);
    expect(belongs(reposted, hiding(friend))).toBe(false);
    expect(belongs(original({ ...post, author: friend }), hiding(friend))).toBe(false);
    expect(belongs(reposted, hiding(me))).toBe(true);
  });

  it("is every reply of the viewer, whoever wrote its parent", () => {
    const own = original({ id: idAt(10), author: me, replyTo: replyTo(stranger) });
    expect(belongs(own, viewer)).toBe(true);
    expect(belongs(own, { ...viewer, hides: (user: string) => user === stranger })).toBe(true);
  });

  it("is no reply to a hidden account, posted or reposted", () => {
    const hiding = { ...viewer, follows: () => true, hides: (user: string) => user === stranger };
    const reply = { id: idAt(10), author: friend, replyTo: replyTo(stranger) };
    expect(belongs(original(reply), hiding)).toBe(false);
    expect(belongs(repost(idAt(11), friend, reply), hiding)).toBe(false);
  });
});

describe("an original", () => {
  it("is shown at its newest occurrence, and nowhere below", () => {
    const of = { id: idAt(1), author: friend };
    const entries = [repost(idAt(9), friend, of), repost(idAt(5), me, of), original(of)];
    expect(idsOf(showOnce(entries))).toEqual([idAt(9)]);
  });

  it("is shown once, however a list is divided into pages", () => {
    const occurrence = fc.tuple(fc.integer({ min: 0, max: 5 }), fc.nat(3));
    fc.assert(
      fc.property(fc.array(occurrence, { maxLength: 30 }), (list) => {
        const entries = list.map(([n], at) =>
          repost(idAt(100 - at), friend, { id: idAt(n), author: me }),
        );
        const whole = showOnce(entries);
        const shown = new Set<string>();
        const pages: typeof entries = [];
        for (let at = 0; at < entries.length;) {
          const size = 1 + (list[at]?.[1] ?? 0);
          pages.push(...showOnce(entries.slice(at, at + size), shown));
          at += size;
        }
        expect(pages).toEqual(whole);
        expect(new Set(whole.map((entry) => entry.post.id)).size).toBe(whole.length);
      }),
    );
  });
});
