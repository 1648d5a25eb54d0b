//! Names of users and items.

use super::super::draft::words;

/// Words of names of users.
pub(super) const USER_WORDS: [&str; 13] = [
    "user",
    "userid",
    "uid",
    "member",
    "customer",
    "cust",
    "visitor",
    "visitorid",
    "reviewer",
    "reviewerid",
    "client",
    "account",
    "buyer",
];
/// Words of names of sessions, which stand for users.
pub(super) const SESSION_WORDS: [&str; 3] = ["session", "sessionid", "device"];
/// Words of names of items.
pub(super) const ITEM_WORDS: [&str; 38] = [
    "item",
    "itemid",
    "iid",
    "movie",
    "movieid",
    "product",
    "productid",
    "asin",
    "business",
    "article",
    "sku",
    "video",
    "news",
    "newsid",
    "book",
    "isbn",
    "track",
    "song",
    "artist",
    "poi",
    "location",
    "venue",
    "goods",
    "ad",
    "adgroup",
    "app",
    "game",
    "recipe",
    "post",
    "photo",
    "restaurant",
    "shop",
    "store",
    "listing",
    "course",
    "document",
    "doc",
    "page",
];

/// Returns whether a name is such a word and nothing else: `item`, and not `item_price`.
pub(super) fn is_user_or_item(name: &str) -> bool {
    let words = words(name);
    let [word] = &words[..] else { return false };
    [&USER_WORDS[..], &SESSION_WORDS, &ITEM_WORDS].iter().any(|of| of.contains(&word.as_str()))
}
