//! The disk is full: what comes is refused, what was acknowledged stays, and with room it goes on.

use std::collections::BTreeMap;
use std::fs::{self, File, Permissions};
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt as _;

use amikit::units::Bytes;

use super::crash::shelf::Shelf;
use crate::support::sandbox::Sandbox;
use crate::support::small_cloud::{Address, SmallCloud};
use crate::support::small_disk::SmallDisk;
use crate::support::walrus::Reply;
use crate::support::wire::{Ask, Wire};

/// Objects that were acknowledged, by key.
type Kept = BTreeMap<String, Vec<u8>>;

fn wire(cloud: &SmallCloud) -> Wire {
    Wire::new(&cloud.url(Address::Root), cloud.keys())
}

/// Puts an object; true if that was acknowledged, otherwise the refusal is the right one.
fn put(wire: &mut Wire, kept: &mut Kept, key: String, size: usize) -> bool {
    let body: Vec<u8> = key.bytes().cycle().take(size).collect();
    let ask = Ask::put(&format!("/disk/{key}")).body(body.clone());
    let reply = wire.send(&ask).expect("an answer");
    if reply.status == 200 {
        kept.insert(key, body);
        return true;
    }
    assert_is_full(&reply);
    false
}

/// The client learns that it may come again, and nothing of the machine.
fn assert_is_full(reply: &Reply) {
    assert_eq!(
        (reply.status, &*reply.code()),
        (503, "ServiceUnavailable"),
        "{}",
        reply.text()
    );
    let message = reply.texts("Message").remove(0);
    assert!(
        message.contains("full") && !message.contains('/'),
        "{message}"
    );
}

fn assert_all_there(wire: &mut Wire, kept: &Kept) {
    for (key, body) in kept {
        let reply = wire
            .send(&Ask::get(&format!("/disk/{key}")))
            .expect("an answer");
        assert_eq!(reply.status, 200, "{key}: {}", reply.text());
        assert!(reply.body == *body, "{key}");
    }
}

#[test]
fn a_full_disk_refuses_and_loses_nothing() {
    let sandbox = Sandbox::new("disk-full");
    let folder = sandbox.folder("cloud-data");
    let Some(disk) = SmallDisk::mount(Bytes::mib(48), folder.clone()) else {
        return; // only root can mount
    };
    fs::set_permissions(&folder, Permissions::from_mode(0o700)).expect("close the folder");
    let mut cloud = SmallCloud::start(&sandbox);
    let shelf = Shelf::open(&cloud);
    let mut wire = wire(&cloud);
    assert_eq!(
        wire.send(&Ask::put("/disk")).expect("an answer").status,
        200
    );
    let mut kept = Kept::new();

    // Bytes do not fit.
    let large = (0..20).take_while(|n| put(&mut wire, &mut kept, format!("large-{n}"), 6 << 20));
    assert!((4..8).contains(&large.count()));
    assert_all_there(&mut wire, &kept);
    assert_eq!(shelf.unsettled(&cloud), [""; 0]);

    // Nothing fits, nor does the database.
    let filler = disk.path().join("filler");
    let mut file = File::create(&filler).expect("make a file");
    while file.write_all(&[1; 4096]).is_ok() {}
    let small = (0..2000).take_while(|n| put(&mut wire, &mut kept, format!("small-{n}"), 5000));
    assert!(small.count() < 2000);
    let rows = (0..2000).take_while(|n| put(&mut wire, &mut kept, format!("empty-{n}"), 0));
    assert!(rows.count() < 2000);
    assert_all_there(&mut wire, &kept);
    let gone = wire.send(&Ask::delete("/disk/large-0")).expect("an answer");
    match gone.status {
        204 => drop(kept.remove("large-0")),
        _ => assert_is_full(&gone),
    }
    assert_all_there(&mut wire, &kept);

    // There is room again, without a restart.
    drop(file);
    fs::remove_file(&filler).expect("make room");
    assert!(put(&mut wire, &mut kept, "after".to_owned(), 100_000));
    let gone = wire.send(&Ask::delete("/disk/large-1")).expect("an answer");
    assert_eq!(gone.status, 204, "{}", gone.text());
    kept.remove("large-1");
    assert_all_there(&mut wire, &kept);
    assert_eq!(shelf.in_order(&cloud), Ok(()));

    cloud.kill();
    cloud.restart();
    assert_eq!(shelf.in_order(&cloud), Ok(()));
    assert_all_there(&mut self::wire(&cloud), &kept);
    cloud.stop();
    drop((shelf, disk));
}
