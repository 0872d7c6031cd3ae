//! Kills while modules come out of repositories of git, which is killed too, or runs on without
//! the gomod that has started it.

use super::killed::kill_often;
use super::world::{Place, Verb, World};
use super::{Chances, number_of};
use crate::repositories::is_there;
use crate::support::program::Room;

#[test]
fn whenever_git_is_killed_the_next_run_ends_well() {
    if !is_there("git") {
        return;
    }
    let rounds = number_of("GOMOD_KILLS", 4);
    let mut chances = Chances::new();
    let world = World::of_repositories();
    let room = Room::new("gomod-cut-direct-").expect("a folder");
    kill_often(&Place::new(&world, Verb::Direct, room.path()), rounds, &mut chances);
    room.close().expect("removed");
}
