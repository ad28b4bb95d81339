/**
 * What all of stay's pages say. English has the type of the Korean texts, so a text that is missing in one of them does
 * not compile. Numbers, money and dates arrive here already formatted. What a page says after something was done is in
 * `done`, for all of them.
 */

export const ko = {
  brand: "온돌",
  toStart: "집 찾기로",
  stateUnknown: "로그인 상태를 지금 확인할 수 없습니다. 집은 계속 둘러볼 수 있습니다.",
  signInUnavailable: "지금은 로그인할 수 없습니다. 집은 계속 둘러볼 수 있습니다. 잠시 뒤 다시 시도해 주세요.",
  notFoundWhy: "주소가 바뀌었거나, 더는 내놓지 않는 집일 수 있습니다.",
  leaveWhy:
    "이름과 로그인 정보가 모두 지워집니다. 내놓은 집은 내려가고, 쓴 후기는 “탈퇴한 회원”의 것으로 남습니다. 되돌릴 수 없습니다.",
  menuSearch: "집 찾기",
  menuTrips: "내 여행",
  menuHost: "호스트",
  done: {
    cancelled: "예약을 취소했습니다.",
    replied: "답글을 남겼습니다.",
    reviewed: "후기를 남겼습니다. 고맙습니다!",
    reported: "신고를 받았습니다. 살펴보고 알려 드리겠습니다.",
    listingCreated: "집을 적어 두었습니다. 사진을 올리면 내놓을 수 있습니다.",
    listingSaved: "저장했습니다.",
    listingPublished: "집을 내놓았습니다. 이제 누구나 볼 수 있습니다.",
    listingPaused: "집을 잠시 내렸습니다. 잡힌 예약은 그대로입니다.",
    photoAdded: "사진을 올렸습니다.",
    photosChanged: "사진을 바꾸었습니다.",
    nightsChanged: "달력을 바꾸었습니다.",
    settingsSaved: "설정을 저장했습니다.",
    notesRead: "알림을 모두 읽은 것으로 했습니다.",
    decided: "결정을 남겼습니다.",
    letterReplayed: "다시 처리하도록 보냈습니다.",
    userChanged: "회원을 바꾸었습니다.",
  },
};

export const en: typeof ko = {
  brand: "Ondol",
  toStart: "Find a house",
  stateUnknown: "We cannot tell right now whether you are signed in. You can go on looking at houses.",
  signInUnavailable: "Nobody can sign in right now. You can go on looking at houses. Please try again in a moment.",
  notFoundWhy: "The address may have changed, or the house may not be offered any more.",
  leaveWhy:
    "Your name and everything you sign in with are erased. Your houses are taken down, and your reviews stay as those of a “former member”. This cannot be undone.",
  menuSearch: "Find a house",
  menuTrips: "My trips",
  menuHost: "Hosting",
  done: {
    cancelled: "Your booking is cancelled.",
    replied: "Your reply is there.",
    reviewed: "Your review is there. Thank you!",
    reported: "We have your report. We will look at it and let you know.",
    listingCreated: "Your house is written down. With a picture, it can be published.",
    listingSaved: "Saved.",
    listingPublished: "Your house is published. Everybody can see it now.",
    listingPaused: "Your house is taken down for now. What is booked stays booked.",
    photoAdded: "The picture is there.",
    photosChanged: "The pictures are changed.",
    nightsChanged: "The calendar is changed.",
    settingsSaved: "Your settings are saved.",
    notesRead: "All notifications are marked as read.",
    decided: "Your decision is noted.",
    letterReplayed: "Sent to be handled again.",
    userChanged: "The member is changed.",
  },
};
