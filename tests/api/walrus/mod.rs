//! Walrus' operations, on every database and every store.

mod attributes;
mod basics;
mod buckets;
mod deletes;
mod forms;
mod fsck;
mod late_commit;
mod lists;
mod multipart;
mod objects;
mod page;
mod presigned;
